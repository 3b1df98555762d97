using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Names;

namespace Hearth.Keeper.Names;

/// <summary>Answers a guest's query.</summary>
/// <param name="query">A DNS message from the guest: any bytes.</param>
/// <param name="isDatagram">True if the guest's client asked by UDP.</param>
/// <param name="cancellationToken">The end of the guest.</param>
/// <returns>The answer; empty for none.</returns>
internal delegate Task<ReadOnlyMemory<byte>> AnswerName(ReadOnlyMemory<byte> query, bool isDatagram, CancellationToken cancellationToken);

/// <summary>
/// Takes the queries from a guest's stream of names (<see cref="NameFrame"/>) and writes the answers. It answers at most
/// <see cref="NameFrame.MaxOutstanding"/> at a time and then takes no more, whatever the guest sends.
/// </summary>
internal sealed class NameRelay : IAsyncDisposable
{
    private readonly GuestDataStream stream;
    private readonly AnswerName answer;
    private readonly SemaphoreSlim room = new(NameFrame.MaxOutstanding);
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly CancellationTokenSource stop = new();

    private NameRelay(GuestDataStream stream, AnswerName answer)
    {
        this.stream = stream;
        this.answer = answer;
        Completion = RunAsync();
    }

    /// <summary>Completes when the guest has ended its side or broken the protocol; fails if an answer could not be found.</summary>
    public Task Completion { get; }

    /// <param name="stream">A stream in both directions; the relay takes ownership.</param>
    /// <param name="answer">Answers one query; it is called many times at once.</param>
    public static NameRelay Start(GuestDataStream stream, AnswerName answer) => new(stream, answer);

    /// <summary>Ends the stream and waits until nothing is answered any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        stream.Reset("the host answers no names any more");
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stream.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
        room.Dispose();
        writing.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        List<Exception> failures = [];
        try
        {
            await TakeAsync(failures).ConfigureAwait(false);
        }
        catch (GuestProtocolException failure)
        {
            // The channel has ended, or the guest does not keep to the protocol: the guest's clients get an error.
            stream.Reset(failure.Message);
        }
        catch (Exception failure) when (failure is OperationCanceledException or EndOfStreamException)
        {
            // The relay or the guest's resolver has ended.
        }

        await stop.CancelAsync().ConfigureAwait(false);
        for (int i = 0; i < NameFrame.MaxOutstanding; i++)
        {
            await room.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (failures.Count > 0)
        {
            stream.Reset("the host failed to answer a name");
            throw new AggregateException(failures);
        }
    }

    private async Task TakeAsync(List<Exception> failures)
    {
        byte[] header = new byte[NameFrame.SizeInBytes];
        while (true)
        {
            await stream.ReadExactlyAsync(header, stop.Token).ConfigureAwait(false);
            var frame = NameFrame.ReadQuery(header);
            byte[] query = new byte[frame.Length];
            await stream.ReadExactlyAsync(query, stop.Token).ConfigureAwait(false);
            await room.WaitAsync(stop.Token).ConfigureAwait(false);
            _ = Task.Run(() => AnswerAsync(frame, query, failures), CancellationToken.None);
        }
    }

    /// <summary>Answers one query. Its failure ends the relay, which reports it.</summary>
    private async Task AnswerAsync(NameFrame frame, byte[] query, List<Exception> failures)
    {
        try
        {
            ReadOnlyMemory<byte> found = await answer(query, frame.Transport == NameTransport.Datagram, stop.Token).ConfigureAwait(false);
            byte[] bytes = new byte[NameFrame.SizeInBytes + found.Length];
            new NameFrame(frame.Id, found.Length, 0).Write(bytes);
            found.CopyTo(bytes.AsMemory(NameFrame.SizeInBytes));
            await WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or GuestProtocolException)
        {
            // The relay or the channel has ended.
        }
        catch (Exception failure)
        {
            lock (failures)
            {
                failures.Add(failure);
            }

            await stop.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            room.Release();
        }
    }

    private async Task WriteAsync(byte[] bytes)
    {
        await writing.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            // A frame is written as a whole or the stream ends, so cancelling within one does no harm.
            await stream.WriteAsync(bytes, stop.Token).ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }
}
