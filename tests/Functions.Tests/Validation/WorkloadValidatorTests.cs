using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Validation;

public sealed class WorkloadValidatorTests
{
    [Fact]
    public void A_workload_is_read_and_can_be_put_back()
    {
        var workload = Read(
            """
            "command":["/bin/tcp-echo"],"additionalPorts":[{"port":9090},{"name":"http-metrics","port":9091,"containerPort":8080}],
            "env":[{"name":"A","value":""},{"name":"B","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}],
            "resources":{"requests":{"cpu":0.5,"memory":"1024Mi"},"limits":{"cpu":"1000m","nvidia.com/gpu":1,"memory":null}},
            "readinessProbe":{"httpGet":{"port":8080},"initialDelaySeconds":0},"imagePullSecrets":[{"name":"registry"}],
            "nodeSelector":{"kubernetes.io/os":"linux"},"securityContext":{"runAsUser":999,"readOnlyRootFilesystem":true}
            """
        );

        Assert.Equal([new WorkloadPort("tcp-9090", 9090, 9090), new WorkloadPort("http-metrics", 9091, 8080)], workload.AdditionalPorts);
        Assert.Equal([1, 9090, 8080], workload.ContainerPorts);
        Assert.Equal(
            """[{"name":"A","value":""},{"name":"B","valueFrom":{"secretKeyRef":{"name":"db","key":"password","optional":false}}}]""",
            Text(workload.Env)
        );
        Assert.Equal("""{"requests":{"cpu":"500m","memory":"1Gi"},"limits":{"cpu":"1","nvidia.com/gpu":"1"}}""", Text(workload.Resources));
        Assert.Equal("""{"httpGet":{"path":"/","port":8080,"scheme":"HTTP"},"initialDelaySeconds":0}""", Text(workload.ReadinessProbe));
        Assert.Equal("""{"level":"restricted","runAsUser":999,"readOnlyRootFilesystem":true}""", Text(workload.SecurityContext));
        Assert.Equal(Text(workload), Text(Validate(Text(workload)).Value!.Workload)); // no error

        static string Text<T>(T value) => MeshPortJson.Write(value);
    }

    /// <summary>The canonical form is accepted again, so that an answer can be put back.</summary>
    [Theory]
    [InlineData("\"0.1\"", "100m")]
    [InlineData("1.1", "1100m")]
    [InlineData("\"+1\"", "1")]
    [InlineData("\"1e3\"", "1e3")]
    [InlineData("\"1e10\"", "10e9")]
    [InlineData("1123456789012", "1123456789012")]
    [InlineData("\"1.1Gi\"", "1181116006400m")]
    [InlineData("\"100u\"", "1m")]
    [InlineData("\"0.123456789\"", "124m")]
    [InlineData("\"123456789.123456789\"", "123456789124m")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("0", "0")]
    public void A_quantity_gets_the_form_of_the_API_server(string written, string stored)
    {
        Assert.Equal(stored, Memory(written));
        Assert.Equal(stored, Memory($"\"{stored}\""));

        static string? Memory(string json) => Read($"\"resources\":{{\"requests\":{{\"memory\":{json}}}}}").Resources?.Requests["memory"];
    }

    [Fact]
    public void A_stored_workload_keeps_the_user_of_its_image()
    {
        var stored = MeshPortJson.Read<WorkloadSpec>(MeshPortJson.Write(Read("\"securityContext\":{\"level\":\"baseline\"}")));

        Assert.Null(stored.SecurityContext.RunAsUser);
    }

    [Theory]
    [InlineData("", """{"level":"restricted","runAsUser":65532,"readOnlyRootFilesystem":false}""")]
    [InlineData("\"securityContext\":{\"level\":\"baseline\"}", """{"level":"baseline","readOnlyRootFilesystem":false}""")]
    public void A_workload_is_restricted_unless_it_says_otherwise(string more, string expected) =>
        Assert.Equal(expected, MeshPortJson.Write(Read(more).SecurityContext));

    [Theory]
    [InlineData("\"command\":[1]", "/command/0 WrongType")]
    [InlineData("\"additionalPorts\":[{\"port\":0}]", "/additionalPorts/0/port OutOfRange")]
    [InlineData("\"additionalPorts\":[{\"port\":5}]", "/additionalPorts/0/port Duplicate")]
    [InlineData("\"additionalPorts\":[{\"port\":6},{\"port\":6,\"name\":\"b\"}]", "/additionalPorts Duplicate")]
    [InlineData("\"additionalPorts\":[{\"port\":6,\"name\":\"tcp\"}]", "/additionalPorts Duplicate")]
    [InlineData("\"additionalPorts\":[{\"port\":6,\"name\":\"A\"}]", "/additionalPorts/0/name InvalidValue")]
    [InlineData("\"additionalPorts\":[{\"port\":6,\"name\":\"123\"}]", "/additionalPorts/0/name InvalidValue")]
    [InlineData("\"env\":[{\"name\":\"1A\",\"value\":\"x\"}]", "/env/0/name InvalidValue")]
    [InlineData("\"env\":[{\"value\":\"x\"}]", "/env/0/name Required")]
    [InlineData("\"env\":[{\"name\":\"A\"}]", "/env/0/value Required")]
    [InlineData("\"env\":[{\"name\":\"A\",\"value\":5}]", "/env/0/value WrongType")]
    [InlineData("\"env\":[{\"name\":\"A\",\"value\":\"x\"},{\"name\":\"A\",\"value\":\"y\"}]", "/env Duplicate")]
    [InlineData(
        "\"env\":[{\"name\":\"A\",\"value\":\"x\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"a\",\"key\":\"b\"}}}]",
        "/env/0/valueFrom InvalidCombination"
    )]
    [InlineData("\"env\":[{\"name\":\"A\",\"valueFrom\":{}}]", "/env/0/valueFrom/secretKeyRef Required")]
    [InlineData(
        "\"env\":[{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{}}}]",
        "/env/0/valueFrom/secretKeyRef Required",
        "/env/0/valueFrom/fieldRef UnknownField"
    )]
    [InlineData(
        "\"env\":[{\"name\":\"A\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"A b\",\"key\":\"k\"}}}]",
        "/env/0/valueFrom/secretKeyRef/name InvalidValue"
    )]
    [InlineData(
        "\"env\":[{\"name\":\"A\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"a\",\"key\":\"a/b\"}}}]",
        "/env/0/valueFrom/configMapKeyRef/key InvalidValue"
    )]
    [InlineData("\"resources\":{\"requests\":{\"cpu\":\"-1\"}}", "/resources/requests/cpu InvalidValue")]
    [InlineData("\"resources\":{\"requests\":{\"cpu\":true}}", "/resources/requests/cpu WrongType")]
    [InlineData("\"resources\":{\"requests\":{\"cpu\":\"9223372036854775808\"}}", "/resources/requests/cpu InvalidValue")]
    [InlineData("\"resources\":{\"requests\":{\"cpu\":\"1e99\"}}", "/resources/requests/cpu InvalidValue")]
    [InlineData("\"resources\":{\"requests\":{\"disk\":\"1\"}}", "/resources/requests/disk InvalidValue")]
    [InlineData("\"resources\":{\"requests\":{\"cpu\":2},\"limits\":{\"cpu\":\"1500m\"}}", "/resources/requests/cpu InvalidCombination")]
    [InlineData("\"resources\":{\"requests\":{\"a.b/c\":2},\"limits\":{\"a.b/c\":1}}", "/resources/requests/a.b~1c InvalidCombination")]
    [InlineData("\"readinessProbe\":{}", "/readinessProbe/tcpSocket Required")]
    [InlineData("\"readinessProbe\":{\"tcpSocket\":{\"port\":1},\"grpc\":{\"port\":1}}", "/readinessProbe/grpc InvalidCombination")]
    [InlineData("\"readinessProbe\":{\"httpGet\":{\"port\":1,\"path\":\"x\"}}", "/readinessProbe/httpGet/path InvalidValue")]
    [InlineData("\"readinessProbe\":{\"exec\":{\"command\":[]}}", "/readinessProbe/exec/command Required")]
    [InlineData("\"livenessProbe\":{\"tcpSocket\":{\"port\":1},\"successThreshold\":2}", "/livenessProbe/successThreshold OutOfRange")]
    [InlineData("\"startupProbe\":{\"tcpSocket\":{\"port\":1},\"periodSeconds\":0}", "/startupProbe/periodSeconds OutOfRange")]
    [InlineData("\"imagePullSecrets\":[{\"name\":\"a\"},{\"name\":\"a\"}]", "/imagePullSecrets Duplicate")]
    [InlineData("\"imagePullSecrets\":[\"a\"]", "/imagePullSecrets/0 WrongType")]
    [InlineData("\"nodeSelector\":{\"a b\":\"c\"}", "/nodeSelector/a b InvalidValue")]
    [InlineData("\"nodeSelector\":{\"a\":\"c d\"}", "/nodeSelector/a InvalidValue")]
    [InlineData("\"securityContext\":{\"runAsUser\":0}", "/securityContext/runAsUser InvalidCombination")]
    [InlineData("\"securityContext\":{\"level\":\"privileged\"}", "/securityContext/level InvalidValue")]
    public void An_invalid_field_is_refused_with_its_pointer(string more, params string[] errors)
    {
        var result = Validate($$"""{"image":"a","containerPort":1,{{more}}}""");

        Assert.Null(result.Value);
        Assert.Equal(errors.Select(error => $"/workload{error}"), result.Errors.Select(error => $"{error.Pointer} {error.Code}"));
        Assert.All(result.Errors, error => Assert.EndsWith(".", error.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void Root_is_allowed_with_level_baseline() =>
        Assert.Equal(0, Read("\"securityContext\":{\"level\":\"baseline\",\"runAsUser\":0}").SecurityContext.RunAsUser);

    [Fact]
    public void Too_much_is_refused()
    {
        Assert.Equal(["/workload/env TooMany"], Codes(Env(201, 1)));
        Assert.Equal(["/workload/env TooMany"], Codes(Env(2, 20_000)));
        Assert.Empty(Codes(Env(200, 100)));

        static IEnumerable<string> Codes(string more) =>
            Validate($$"""{"image":"a","containerPort":1,{{more}}}""").Errors.Select(error => $"{error.Pointer} {error.Code}");

        static string Env(int count, int length)
        {
            var variables = Enumerable
                .Range(0, count)
                .Select(number => new JsonObject { ["name"] = $"V{number}", ["value"] = new string('x', length) });
            return $"\"env\":{new JsonArray([.. variables]).ToJsonString()}";
        }
    }

    private static WorkloadSpec Read(string more)
    {
        var result = Validate($$"""{"image":"a","containerPort":1{{(more.Length > 0 ? $",{more}" : "")}}}""");
        Assert.Empty(result.Errors);
        return Assert.IsType<WorkloadSpec>(result.Value?.Workload);
    }

    private static Validated<ExposureSpec> Validate(string workload) =>
        ExposureValidator.Validate(JsonElement.Parse($$"""{"port":9000,"backends":[{"service":"a","port":5}],"workload":{{workload}}}"""));
}
