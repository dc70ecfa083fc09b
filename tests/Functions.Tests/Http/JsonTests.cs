using MeshPort.Http;
using Xunit;

namespace MeshPort.Functions.Tests.Http;

public sealed class JsonTests
{
    [Fact]
    public void What_is_written_for_people_can_be_read_by_them() =>
        Assert.Equal(
            """{"detail":"'é' & <b> is not a name.\n"}""",
            Json.Write(new { Detail = "'é' & <b> is not a name.\n", Absent = (string?)null })
        );
}
