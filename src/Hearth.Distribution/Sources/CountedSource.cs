using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources;

/// <summary>A source whose requests are counted when they end.</summary>
/// <param name="source">Answers the requests.</param>
/// <param name="count">Gets them, from any thread.</param>
/// <param name="clock">Measures them.</param>
public sealed class CountedSource(IImageSource source, Action<SourceRequest> count, TimeProvider clock) : IImageSource
{
    public string Name => source.Name;

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => CountAsync(() => source.ReadNamedAsync(cancellationToken), document => document.Bytes.Length);

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        CountAsync(() => source.ReadManifestAsync(descriptor, cancellationToken), document => document.Bytes.Length);

    public async Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        try
        {
            return new CountedStream(await source.OpenBlobAsync(blob, offset, cancellationToken).ConfigureAwait(false), (bytes, hasFailed) => End(bytes, began, hasFailed));
        }
        catch (ImageException)
        {
            End(0, began, hasFailed: true);
            throw;
        }
    }

    public Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken) => CountAsync(
        async () =>
        {
            await source.ReadRangeAsync(blob, offset, destination, arrived, cancellationToken).ConfigureAwait(false);
            return destination.Length;
        },
        length => length);

    public bool TryAvoid(Descriptor blob) => source.TryAvoid(blob);

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        CountAsync(() => source.ListReferrersAsync(subject, artifactType, cancellationToken), _ => 0);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> CountAsync<T>(Func<Task<T>> request, Func<T, int> bytesOf)
    {
        long began = clock.GetTimestamp();
        try
        {
            T answer = await request().ConfigureAwait(false);
            End(bytesOf(answer), began, hasFailed: false);
            return answer;
        }
        catch (ImageException)
        {
            End(0, began, hasFailed: true);
            throw;
        }
    }

    private void End(long bytes, long began, bool hasFailed) => count(new SourceRequest(bytes, clock.GetElapsedTime(began), hasFailed));

    /// <summary>A blob's bytes. The request ends with the last of them, with a failure, or when its reader wants no more.</summary>
    private sealed class CountedStream(Stream blob, Action<long, bool> end) : ForwardStream
    {
        private long bytes;
        private bool hasEnded;

        public override long Length => blob.Length;

        public override long Position
        {
            get => blob.Position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                int count = await blob.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                bytes += count;
                if (count == 0 && buffer.Length > 0)
                {
                    End(hasFailed: false);
                }

                return count;
            }
            catch (ImageException)
            {
                End(hasFailed: true);
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                End(hasFailed: false);
                blob.Dispose();
            }

            base.Dispose(disposing);
        }

        private void End(bool hasFailed)
        {
            if (!Interlocked.Exchange(ref hasEnded, true))
            {
                end(bytes, hasFailed);
            }
        }
    }
}
