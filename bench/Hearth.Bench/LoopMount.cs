namespace Hearth.Bench;

/// <summary>An image mounted read-only through a loop device, until disposed of.</summary>
internal sealed class LoopMount : IDisposable
{
    private readonly string image;
    private readonly string format;
    private readonly string point;

    public LoopMount(Workshop workshop, string image, string format, string name)
    {
        this.image = image;
        this.format = format;
        point = Directory.CreateDirectory(Path.Combine(workshop.Scratch, $"{name}-{format}")).FullName;
        Mount();
    }

    public string PathOf(string name) => Path.Combine(point, name);

    /// <summary>Mounts anew, with nothing in the mount's own cache.</summary>
    public void Refresh()
    {
        Unmount();
        Mount();
    }

    public void Dispose() => Unmount();

    private void Mount() => Shell.Run("mount", "-t", format, "-o", "loop,ro", image, point);

    private void Unmount() => Shell.Run("umount", point);
}
