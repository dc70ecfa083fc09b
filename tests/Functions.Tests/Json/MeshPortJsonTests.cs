using MeshPort.Json;
using Xunit;

namespace MeshPort.Functions.Tests.Json;

public sealed class MeshPortJsonTests
{
    [Fact]
    public void Json_for_people_is_not_escaped() =>
        Assert.Equal(
            """{"detail":"'é' & <b> is not a name.\n"}""",
            MeshPortJson.Write(new { Detail = "'é' & <b> is not a name.\n", Absent = (string?)null })
        );
}
