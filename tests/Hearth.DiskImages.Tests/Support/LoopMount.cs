namespace Hearth.DiskImages.Tests.Support;

/// <summary>An image mounted read-only by the host's kernel through a loop device; unmounted and detached on disposal.</summary>
public sealed class LoopMount : IDisposable
{
    private readonly TemporaryDirectory point = new();

    public LoopMount(string imagePath, ImageFormat format)
        : this(imagePath, format == ImageFormat.Erofs ? "erofs" : "squashfs")
    {
    }

    public LoopMount(string imagePath, string type)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("mounting an image needs root");
        }

        Command.Outcome outcome = Command.Try("mount", ["-t", type, "-o", "loop,ro", imagePath, point.Path]);
        if (outcome.ExitCode == 0)
        {
            return;
        }

        point.Dispose();
        if (outcome.Errors.Contains("unknown filesystem type", StringComparison.Ordinal))
        {
            Assert.Skip($"the host's kernel has no {type}");
        }

        Assert.Fail($"the kernel refused the image: {outcome.Errors}");
    }

    public string Path => point.Path;

    public void Dispose()
    {
        Command.Unmount(point.Path);
        point.Dispose();
    }
}
