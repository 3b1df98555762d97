using System.Globalization;
using System.Text;

namespace Hearth.Firecracker;

/// <summary>
/// Reads a sequence of HTTP/1.1 answers from an untrusted stream (RFC 9112). An answer is a status line, headers and a body.
/// Of the headers, only the body's length is used. Firecracker neither chunks nor compresses.
/// </summary>
internal sealed class AnswerReader(Stream stream)
{
    /// <summary>Firecracker's status line and headers take about 120 bytes.</summary>
    private const int HeadLimitInBytes = 8 << 10;

    /// <summary>The longest answers are a metadata store of 51,200 bytes and the whole configuration of a microVM.</summary>
    private const int BodyLimitInBytes = 4 << 20;

    private readonly byte[] buffer = new byte[HeadLimitInBytes];
    private int start;
    private int end;

    /// <returns>The next answer; null if the stream ends before one begins.</returns>
    /// <exception cref="FirecrackerException">The received bytes are not a valid answer.</exception>
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
                throw Malformed($"its headers have more than {HeadLimitInBytes} bytes");
            }

            int count = await stream.ReadAsync(buffer.AsMemory(end)).ConfigureAwait(false);
            end += count;
            if (count == 0)
            {
                return end == 0 ? null : throw Malformed($"it ends after {end} bytes, within its headers");
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
            string name = colon < 0 ? throw Malformed($"'{line}' is not a header") : line[..colon].Trim();
            string value = line[(colon + 1)..].Trim();
            if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw Malformed($"the transfer encoding {value} is not supported");
            }

            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > BodyLimitInBytes))
            {
                throw Malformed($"'{value}' is not a valid Content-Length");
            }
        }

        return length;
    }

    private static FirecrackerException Malformed(string how) =>
        new(FirecrackerFault.Malformed, $"cannot read Firecracker's answer: {how}");
}
