namespace Hearth.Bench;

/// <summary>Where a benchmark run finds the programs and keeps its files.</summary>
internal sealed class Workshop
{
    public Workshop(string artifacts)
    {
        Artifacts = artifacts;
        Scratch = Path.Combine(artifacts, "bench", "scratch");
        if (Directory.Exists(Scratch))
        {
            Directory.Delete(Scratch, recursive: true);
        }

        Directory.CreateDirectory(Scratch);
    }

    public string Artifacts { get; }

    /// <summary>Emptied before each run and deleted after it.</summary>
    public string Scratch { get; }

    public string Hearth => Path.Combine(Artifacts, "bin", "hearth");

    public string Daemon => Path.Combine(Artifacts, "bin", "hearthd");

    public string Init => Path.Combine(Artifacts, "bin", "hearth-init");

    public string KernelStore => Path.Combine(Artifacts, "share", "hearth", "kernels");

    /// <summary>Trees that are costly to make are kept between runs; <c>./dev clean</c> deletes them.</summary>
    public string TreeCache => Path.Combine(Artifacts, "bench", "trees");
}
