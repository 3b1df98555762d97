namespace Hearth.Firecracker;

/// <summary>
/// One persistent connection with pipelining. Requests are written without waiting for earlier answers. The answers arrive in
/// the same order, and one task reads them and passes each to its caller. So configuring a machine takes one write and one
/// wait. .NET's HttpClient does not pipeline, and its other features would multiply the time of a program that sends ten
/// requests.
/// </summary>
internal sealed class ApiConnection : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly Queue<(ApiRequest Request, TaskCompletionSource<ApiAnswer> Answer)> pending = [];
    private readonly Task reading;
    private Exception? end;

    /// <param name="stream">A connected stream; the connection disposes it.</param>
    internal ApiConnection(Stream stream)
    {
        this.stream = stream;
        reading = ReadAsync();
    }

    /// <summary>True until the connection ends or an answer cannot be read.</summary>
    internal bool IsUsable
    {
        get
        {
            lock (pending)
            {
                return end is null;
            }
        }
    }

    /// <summary>Sends requests in one write.</summary>
    /// <param name="requests">The requests, in the order in which Firecracker processes them.</param>
    /// <param name="cancellationToken">Stops waiting; Firecracker still processes requests that were written completely.</param>
    /// <returns>The answers, including refusals.</returns>
    /// <exception cref="FirecrackerException">An answer did not arrive.</exception>
    internal async Task<ApiAnswer[]> SendAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken)
    {
        byte[] bytes = [.. requests.SelectMany(request => request.ToBytes())];
        Task<ApiAnswer>[] answers;
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            answers = [.. requests.Select(Enqueue)];
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Part of a request may have been sent, so no further request can follow on this connection.
            Fail(failure);
            await stream.DisposeAsync().ConfigureAwait(false);
            throw failure is OperationCanceledException ? failure : Disconnected(requests[0], failure);
        }
        finally
        {
            writing.Release();
        }

        return await Task.WhenAll(answers).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        writing.Dispose();
    }

    private Task<ApiAnswer> Enqueue(ApiRequest request)
    {
        TaskCompletionSource<ApiAnswer> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (pending)
        {
            if (end is not null)
            {
                Refuse(request, answer, end);
            }
            else
            {
                pending.Enqueue((request, answer));
            }
        }

        return answer.Task;
    }

    private async Task ReadAsync()
    {
        Exception why = new EndOfStreamException("the connection was closed");
        try
        {
            AnswerReader reader = new(stream);
            while (await reader.ReadAsync().ConfigureAwait(false) is ApiAnswer answer)
            {
                lock (pending)
                {
                    if (!pending.TryDequeue(out var asked))
                    {
                        throw new FirecrackerException(
                            FirecrackerFault.Malformed, $"Firecracker sent an answer ({answer.Status}) without a request");
                    }

                    asked.Answer.SetResult(answer);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or FirecrackerException)
        {
            why = failure;
        }

        Fail(why);
    }

    private void Fail(Exception why)
    {
        lock (pending)
        {
            end ??= why;
            while (pending.TryDequeue(out var asked))
            {
                Refuse(asked.Request, asked.Answer, end);
            }
        }
    }

    private static void Refuse(ApiRequest request, TaskCompletionSource<ApiAnswer> answer, Exception why)
    {
        answer.SetException(why is FirecrackerException malformed
            ? new FirecrackerException(malformed.Fault, $"{request} failed: {malformed.Message}", malformed) { Method = request.Method, Path = request.Path }
            : Disconnected(request, why));

        // Of several requests sent together, the caller may observe only the first failure; this marks the others as observed.
        _ = answer.Task.Exception;
    }

    private static FirecrackerException Disconnected(ApiRequest request, Exception why) =>
        new(FirecrackerFault.Disconnected, $"{request} got no answer: {why.Message.TrimEnd('.')}", why)
        {
            Method = request.Method,
            Path = request.Path,
        };
}
