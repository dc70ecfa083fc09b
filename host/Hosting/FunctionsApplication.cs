using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace MeshPort.Host.Hosting;

/// <summary>The function application that this host runs.</summary>
internal static class FunctionsApplication
{
    public static Assembly Assembly => typeof(MeshPortServices).Assembly;

    public static void AddServices(IHostApplicationBuilder builder) => builder.AddMeshPort();
}
