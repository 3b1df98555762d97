using Hearth.Linux.Processes;

namespace Hearth.Rendering.Tests;

/// <summary>The drawing of <c>hearth image tree</c>.</summary>
public sealed class ImageTreeTests
{
    [Fact]
    public void Layers_have_a_line_each_and_one_for_who_shares_them()
    {
        ImageTreeView.LayerNode[] layers =
        [
            new("sha256:0123456789abcdef", 2048, 1000, "/bin/sh -c #(nop) ADD file:0123456789abcdef0123456789abcdef in / and much more of it that does not fit in a line of a hundred columns", null, ["debian:12", "[x]"]),
            new("sha256:fedcba9876543210", 1024, 500, "RUN [make]", null, []),
        ];
        StringWriter output = new();

        new ImageTreeView("app:1", "sha256:00", "linux/amd64", 3072, 1024, layers).Draw(Drawing.OnOutput(new Context { Output = output, Error = output, Environment = HostEnvironment.Empty }));

        Assert.Equal(
            """
            app:1  3.0 KiB  linux/amd64, 2 layers, 1.0 KiB not shared
            ├── 0123456789ab  2.0 KiB  /bin/sh -c #(nop) ADD file:0123456789abcdef0123456789abcdef in / and muc…
            │   └── also in debian:12, [x]
            └── fedcba987654  1.0 KiB  RUN [make]

            """,
            string.Join('\n', output.ToString().Split('\n').Select(line => line.TrimEnd())));
    }

    private sealed class Context : OutputContext;
}
