using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace MeshPort.Host.Hosting;

/// <summary>The product that is run here.</summary>
internal static class FunctionsApplication
{
    public static Assembly Assembly => typeof(MeshPortServices).Assembly;

    public static void AddServices(IHostApplicationBuilder builder) => builder.AddMeshPort();
}
