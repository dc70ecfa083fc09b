using MeshPort.Json;
using Xunit;

namespace MeshPort.Functions.Tests.Json;

public sealed class MeshPortJsonTests
{
    [Fact]
    public void What_is_written_for_people_can_be_read_by_them() =>
        Assert.Equal(
            """{"detail":"'é' & <b> is not a name.\n"}""",
            MeshPortJson.Write(new { Detail = "'é' & <b> is not a name.\n", Absent = (string?)null })
        );
}
