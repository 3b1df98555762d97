namespace Hearth.DiskImages.Tests.Support;

/// <summary>A directory of one test's own, removed with all it holds, whatever the names in it are.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hearth-images-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    // Not Directory.Delete: it cannot name what is not UTF-8.
    public void Dispose() => Command.Run("rm", ["-rf", "--one-file-system", Path]);
}
