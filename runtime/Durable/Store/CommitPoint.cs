namespace MeshPort.Runtime.Durable.Store;

/// <summary>Where a crash test can stop the writer: with a group's work done but not committed, or committed but not yet told to anyone.</summary>
internal enum CommitPoint
{
    Before,
    After,
}
