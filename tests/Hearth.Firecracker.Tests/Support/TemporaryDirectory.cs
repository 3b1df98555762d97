namespace Hearth.Firecracker.Tests.Support;

/// <summary>A directory of one test's own.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    internal TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("hearth-firecracker-").FullName;

    internal string Path { get; }

    /// <summary>A path within it.</summary>
    internal string this[string name] => System.IO.Path.Combine(Path, name);

    internal string Write(string name, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
