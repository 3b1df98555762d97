using System.IO.Pipelines;
using Hearth.Containers.Diagnostics;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Linux.Mounts;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Keeper.Parts.Root;

/// <summary>
/// Makes the changes of an engine's container in the engine's own root directory, before the engine learns of the container's end. So
/// the engine commits them, and starts the next run with them. If the machine ends in another way, they are lost.
/// </summary>
internal sealed class EnginePart(RunSetup setup) : IRunPart
{
    private readonly ChangesReading reading = new(setup);

    public IEnumerable<Diagnostic> Diagnostics => reading.Diagnostics;

    public void Started() => reading.Expect();

    public Task EndingAsync(GuestSession session, CancellationToken cancellationToken) => reading.RunAsync(async () =>
    {
        Pipe pipe = new();
        Task<IReadOnlyList<string>> applying = Task.Run(() => Apply(pipe.Reader), CancellationToken.None);
        try
        {
            await using Stream archive = pipe.Writer.AsStream();
            reading.Warn(await session.ReadRootAsync(RootForm.Layer, freezes: false, new BoundedStream(archive, reading.MostBytes), cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            // The archive ends early, which ends the unpacking.
            await ((Task)applying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        reading.Warn(await applying.ConfigureAwait(false));
    });

    /// <summary>Applies the layer. Whatever the guest sends, nothing outside the root is touched.</summary>
    private IReadOnlyList<string> Apply(PipeReader reader)
    {
        using Stream archive = reader.AsStream();
        ArchiveWarnings warnings = new();
        using SafeFileHandle root = RootedPaths.Hold(setup.Description.Spec.Root!.Path);
        using ArchiveUnpacking unpacking = new(root, new UnpackingOptions { IsLayer = true }, warnings);
        unpacking.Unpack(new TarReader(archive));
        return warnings.All;
    }
}
