using Hearth.Machines.Kernel;

namespace Hearth.Machines.Tests.Support;

/// <summary>A store of one test's own. Disposing of it fails the test if an import left anything unfinished.</summary>
internal sealed class KernelLab : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    internal KernelLab() => Store = new KernelStore(directory["store"]);

    internal KernelStore Store { get; }

    internal string this[string name] => directory[name];

    internal string Write(string name, byte[] bytes) => directory.Write(name, bytes);

    /// <summary>An extracted package as Debian lays it out.</summary>
    internal string WritePackage(byte[] image, string release, params (string Path, byte[] Bytes)[] modules)
    {
        Write($"package/boot/vmlinuz-{release}", image);
        foreach ((string path, byte[] bytes) in modules)
        {
            Write($"package/lib/modules/{release}/kernel/{path}", bytes);
        }

        return this["package"];
    }

    internal void AssertRefused(KernelError error, string source)
    {
        KernelException refusal = Assert.Throws<KernelException>(() => Store.Import(source));
        Assert.True(error == refusal.Error, $"{refusal.Error}, not {error}: {refusal.Message}");
        Assert.Contains(Path.GetFileName(source), refusal.Message);
    }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Store.Directory))
            {
                Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Store.Directory), path => Path.GetFileName(path).StartsWith('.'));
            }
        }
        finally
        {
            directory.Dispose();
        }
    }
}
