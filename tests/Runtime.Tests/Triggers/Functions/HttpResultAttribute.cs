namespace MeshPort.Runtime.Tests.Triggers.Functions;

/// <summary>As in the official HTTP extension; the runtime knows it by its name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HttpResultAttribute : Attribute;
