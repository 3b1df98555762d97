using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Tar;

namespace Hearth.Keeper.Parts.Root;

/// <summary>Reads at the end of a run what the container changed of its root, and reports what is lost.</summary>
internal sealed class ChangesReading(RunSetup setup)
{
    private const long Mebibyte = 1 << 20;

    private readonly List<Diagnostic> diagnostics = [];
    private bool isExpected;

    /// <summary>
    /// The most that a guest may send. A writable layer in its memory cannot have more, and the guest is not trusted.
    /// </summary>
    public long MostBytes { get; } = MostBytesOf(setup.Shape);

    public static long MostBytesOf(MachineShape shape) => ((shape.MemoryInMebibytes * 4L) + 1024) * Mebibyte;

    public IEnumerable<Diagnostic> Diagnostics => isExpected
        ? [.. diagnostics, Lost("the machine ended before they were read")]
        : diagnostics;

    /// <summary>From now on there may be changes.</summary>
    public void Expect() => isExpected = true;

    public void Warn(IReadOnlyList<string> warnings) => diagnostics.AddRange(Diagnostic.Warnings(DiagnosticCode.ChangesLost, warnings));

    public async Task RunAsync(Func<Task> read)
    {
        try
        {
            await read().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArchiveException or HearthException { Error: not HearthError.MachineFailed })
        {
            diagnostics.Add(Lost(exception.Message));
        }

        isExpected = false;
    }

    private static Diagnostic Lost(string cause) =>
        Diagnostic.Warning(DiagnosticCode.ChangesLost, $"cannot keep what the container changed of its root: {cause}; the changes of this run are lost");
}
