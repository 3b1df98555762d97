using System.Globalization;
using System.Text;

namespace Hearth.Firecracker;

/// <summary>
/// Reads HTTP/1.1 answers, one after the other, from a stream that is not trusted: a status line, headers of which only the
/// body's length matters, and that body (RFC 9112). Firecracker neither chunks nor compresses.
/// </summary>
internal sealed class AnswerReader(Stream stream)
{
    /// <summary>Firecracker's heads have some 120 bytes.</summary>
    private const int HeadLimitInBytes = 8 << 10;

    /// <summary>The longest answers are a metadata store of 51,200 bytes and the whole configuration of a microVM.</summary>
    private const int BodyLimitInBytes = 4 << 20;

    private readonly byte[] buffer = new byte[HeadLimitInBytes];
    private int start;
    private int end;

    /// <returns>The next answer; null where the stream ends before one.</returns>
    /// <exception cref="FirecrackerException">What came is not an answer.</exception>
    internal async Task<ApiAnswer?> ReadAsync()
    {
        string? head = await ReadHeadAsync().ConfigureAwait(false);
        if (head is null)
        {
            return null;
        }

        string[] lines = head.Split("\r\n");
        byte[] body = new byte[BodyLength(lines)];
        int have = Math.Min(body.Length, end - start);
        buffer.AsSpan(start, have).CopyTo(body);
        start += have;
        int read = await stream.ReadAtLeastAsync(body.AsMemory(have), body.Length - have, throwOnEndOfStream: false).ConfigureAwait(false);
        return have + read == body.Length
            ? new ApiAnswer(StatusOf(lines[0]), body)
            : throw Malformed($"its body ends after {have + read} of {body.Length} bytes");
    }

    private async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                string head = Encoding.ASCII.GetString(buffer, start, length);
                start += length + 4;
                return head;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            if (end == buffer.Length)
            {
                throw Malformed($"its head has more than {HeadLimitInBytes} bytes");
            }

            int count = await stream.ReadAsync(buffer.AsMemory(end)).ConfigureAwait(false);
            end += count;
            if (count == 0)
            {
                return end == 0 ? null : throw Malformed($"it ends after {end} bytes, within its head");
            }
        }
    }

    private static int StatusOf(string line)
    {
        string[] words = line.Split(' ');
        return words.Length >= 2 && words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            && words[1].Length == 3 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status)
            ? status
            : throw Malformed($"it begins with '{(line.Length > 60 ? line[..60] : line)}'");
    }

    private static int BodyLength(string[] lines)
    {
        int length = 0;
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? throw Malformed($"'{line}' is no header") : line[..colon].Trim();
            string value = line[(colon + 1)..].Trim();
            if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw Malformed($"it is encoded as {value}");
            }

            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > BodyLimitInBytes))
            {
                throw Malformed($"'{value}' is no length of a body");
            }
        }

        return length;
    }

    private static FirecrackerException Malformed(string how) =>
        new(FirecrackerFault.Malformed, $"Firecracker's answer cannot be read: {how}.");
}
