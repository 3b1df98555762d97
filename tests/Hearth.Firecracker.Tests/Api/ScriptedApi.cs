using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Hearth.Firecracker.Tests.Api;

/// <summary>
/// Firecracker's API as far as it can be without a microVM: an HTTP server on a Unix socket that checks every request against
/// the description, keeps them, and answers as the description says, or as a test wants.
/// </summary>
internal sealed class ScriptedApi : IAsyncDisposable
{
    private readonly Socket listener;
    private readonly Func<ApiCall, byte[]?>? answer;
    private readonly Action<ApiCall>? afterwards;
    private readonly List<ApiCall> calls = [];
    private readonly List<Socket> connections = [];
    private readonly Task accepting;

    /// <param name="listener">Listening; owned from now on.</param>
    /// <param name="answer">Gives the bytes of an answer, none of them to close the connection, or null for the usual one.</param>
    /// <param name="afterwards">What is done when an answer is sent.</param>
    internal ScriptedApi(Socket listener, Func<ApiCall, byte[]?>? answer = null, Action<ApiCall>? afterwards = null)
    {
        this.listener = listener;
        this.answer = answer;
        this.afterwards = afterwards;
        accepting = AcceptAsync();
    }

    internal IReadOnlyList<ApiCall> Calls
    {
        get
        {
            lock (calls)
            {
                return [.. calls];
            }
        }
    }

    internal int ConnectionCount
    {
        get
        {
            lock (calls)
            {
                return connections.Count;
            }
        }
    }

    internal static ScriptedApi Listen(string path, Func<ApiCall, byte[]?>? answer = null)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return new ScriptedApi(listener, answer);
    }

    /// <summary>An answer as Firecracker's HTTP server writes it.</summary>
    internal static byte[] Answer(int status, string body = "")
    {
        string content = body.Length == 0 ? "" : $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture)}\r\n";
        return Encoding.UTF8.GetBytes($"HTTP/1.1 {status} \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n{content}\r\n{body}");
    }

    internal static byte[] Refusal(string words) => Answer(400, $$"""{"fault_message":"{{words}}"}""");

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await accepting;
    }

    /// <summary>What Firecracker would say: what is wrong with the request, or an answer of the described type.</summary>
    private static byte[] Usual(ApiCall call)
    {
        if (ApiDescription.Instance.Check(call.Method, call.Path, call.Body) is string problem)
        {
            return Refusal(problem);
        }

        ApiOperation operation = ApiDescription.Instance.Find(call.Method, call.Path)!;
        return operation.Answer == "-" ? Answer(operation.Status) : Answer(operation.Status, ApiDescription.Instance.Sample(operation.Answer));
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync();
                lock (calls)
                {
                    connections.Add(connection);
                }

                serving.Add(ServeAsync(connection));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            connections.ForEach(connection => connection.Dispose());
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket connection)
    {
        await using NetworkStream stream = new(connection, ownsSocket: true);
        try
        {
            while (await ApiCall.ReadAsync(stream) is ApiCall call)
            {
                lock (calls)
                {
                    calls.Add(call);
                }

                byte[] bytes = answer?.Invoke(call) ?? Usual(call);
                if (bytes.Length == 0)
                {
                    return;
                }

                await stream.WriteAsync(bytes);
                afterwards?.Invoke(call);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The client went away, which some tests are about.
        }
    }
}

/// <summary>One request as it came.</summary>
internal sealed record ApiCall(string Method, string Path, byte[] Body)
{
    internal string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Byte by byte to the end of the head: what follows is the body or the next request.</summary>
    internal static async Task<ApiCall?> ReadAsync(Stream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        const string Length = "Content-Length: ";
        int length = lines.FirstOrDefault(line => line.StartsWith(Length, StringComparison.Ordinal)) is string line ? int.Parse(line[Length.Length..]) : 0;
        byte[] body = new byte[length];
        await stream.ReadExactlyAsync(body);
        string[] words = lines[0].Split(' ');
        return new ApiCall(words[0], words[1], body);
    }
}
