using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth kernel</c>: the copy that <c>--kernel PATH</c> makes is neither preferred nor kept for ever.</summary>
public sealed class KernelTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_copy_of_an_image_is_listed_last_and_removed_by_its_name_or_with_all_others()
    {
        string preferred = sandbox.Hearth("kernel", "list", "-q").Split('\n')[0];
        string image = Path.Combine(Programs.Artifacts, "share", "hearth", "kernels", preferred, "vmlinux");

        // Without its modules it may mount no root; the copy is made all the same.
        string copy = MakeCopy(image);
        Assert.Equal([preferred, copy], sandbox.Hearth("kernel", "list", "-q").Split('\n'));
        Assert.Contains("came with the program", sandbox.RunExpecting(1, "kernel", "rm", preferred).ErrorText, StringComparison.Ordinal);
        Assert.Contains("no kernel has this name", sandbox.RunExpecting(1, "kernel", "rm", "no-such").ErrorText, StringComparison.Ordinal);
        Assert.Equal(copy, sandbox.Hearth("kernel", "rm", copy));
        Assert.Equal(preferred, sandbox.Hearth("kernel", "list", "-q"));

        Assert.Equal(copy, MakeCopy(image));
        Assert.Equal(copy, sandbox.Hearth("kernel", "prune"));
        Assert.Equal(preferred, sandbox.Hearth("kernel", "list", "-q"));
        Assert.Equal("", sandbox.Hearth("kernel", "prune"));
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
    }

    private string MakeCopy(string image)
    {
        sandbox.Run("run", "--kernel", image, debian.Tree, "true");
        return Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(sandbox.StateDirectory, "kernels"))));
    }
}
