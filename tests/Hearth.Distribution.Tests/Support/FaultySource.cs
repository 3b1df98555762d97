using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;

namespace Hearth.Distribution.Tests.Support;

/// <summary>A blob in memory whose reads a test counts, delays, fails and falsifies.</summary>
internal sealed class FaultySource(byte[] blob) : IImageSource
{
    private int requests;

    public string Name => "a test";

    /// <summary>The only other blob.</summary>
    public byte[] Windows { get; set; } = [];

    public int Requests => Volatile.Read(ref requests);

    /// <summary>Called before each read with its number from 1, and may throw.</summary>
    public Func<int, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when the bytes are there, with what tells the reader how many are; the read ends with it.</summary>
    public Func<Action<int>, Task>? Arriving { get; set; }

    /// <summary>Called after each read.</summary>
    public Action<int, long, Memory<byte>> AfterRead { get; set; } = (_, _, _) => { };

    /// <summary>Whether there is another place for bytes; called after wrong ones.</summary>
    public Func<bool> Avoid { get; set; } = () => false;

    public bool TryAvoid(Descriptor descriptor) => Avoid();

    public async Task ReadRangeAsync(Descriptor descriptor, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        int number = Interlocked.Increment(ref requests);
        await BeforeRead(number).WaitAsync(cancellationToken);
        (descriptor.Digest.IsOf(Windows) ? Windows : blob).AsMemory((int)offset, destination.Length).CopyTo(destination);
        await (Arriving is null || arrived is null ? Task.CompletedTask : Arriving(arrived).WaitAsync(cancellationToken));
        AfterRead(number, offset, destination);
    }

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
