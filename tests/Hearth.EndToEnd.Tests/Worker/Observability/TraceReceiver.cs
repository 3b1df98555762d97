using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Hearth.Distribution.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>A collector of OpenTelemetry's traces over HTTP, as protobuf (opentelemetry-proto, trace/v1/trace.proto).</summary>
internal sealed class TraceReceiver : IAsyncDisposable
{
    private readonly TestServer server;
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();

    public TraceReceiver() => server = new TestServer(async (exchange, cancellationToken) =>
    {
        Assert.Equal(("POST", "/v1/traces", "application/x-protobuf"), (exchange.Method, exchange.Path, exchange.Header("Content-Type")));
        Add(await exchange.ReadBodyAsync(cancellationToken));
        await exchange.AnswerAsync(200, "", cancellationToken);
    });

    public string Address => $"http://{server.Host}";

    public IReadOnlyCollection<ReceivedSpan> Spans => spans;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private void Add(byte[] body)
    {
        foreach ((_, byte[] resource) in Fields(body).Where(field => field.Number == 1))
        {
            foreach ((_, byte[] scope) in Fields(resource).Where(field => field.Number == 2))
            {
                foreach ((_, byte[] span) in Fields(scope).Where(field => field.Number == 2))
                {
                    ILookup<int, byte[]> members = Fields(span).ToLookup(field => field.Number, field => field.Value);
                    spans.Enqueue(new ReceivedSpan(
                        Convert.ToHexStringLower(members[1].Single()), Convert.ToHexStringLower(members[2].Single()), Convert.ToHexStringLower(members[4].SingleOrDefault([])), Encoding.UTF8.GetString(members[5].Single()),
                        BinaryPrimitives.ReadUInt64LittleEndian(members[7].Single()), BinaryPrimitives.ReadUInt64LittleEndian(members[8].Single())));
                }
            }
        }
    }

    /// <summary>The members of a message: those with a length, and fixed numbers.</summary>
    private static IEnumerable<(int Number, byte[] Value)> Fields(byte[] message)
    {
        for (int at = 0; at < message.Length;)
        {
            int key = (int)ReadNumber(message, ref at);
            int length = (key & 7) switch { 0 => 0, 1 => 8, 2 => (int)ReadNumber(message, ref at), 5 => 4, var other => throw new InvalidDataException($"wire type {other}") };
            if ((key & 7) == 0)
            {
                ReadNumber(message, ref at);
                continue;
            }

            yield return (key >> 3, message[at..(at + length)]);
            at += length;
        }
    }

    private static ulong ReadNumber(byte[] message, ref int at)
    {
        ulong number = 0;
        int shift = 0;
        byte next;
        do
        {
            next = message[at++];
            number |= (ulong)(next & 0x7f) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return number;
    }
}

/// <summary>A span; times in nanoseconds since 1970.</summary>
internal sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name, ulong Start, ulong End);
