namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// The points at which a crash test can stop the writer: just before a group's commit, or after the commit but before its callers learn of
/// it.
/// </summary>
internal enum CommitPoint
{
    Before,
    After,
}
