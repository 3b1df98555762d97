namespace Hearth.Client.Attachment;

/// <summary>
/// A sequence of keys that detaches from a container and lets it run, as in docker (<c>ctrl-p,ctrl-q</c>). Keys that may begin
/// the sequence are held back until the next key shows whether they do.
/// </summary>
internal sealed class DetachKeys
{
    public const string Default = "ctrl-p,ctrl-q";

    private const string ControlPrefix = "ctrl-";

    private readonly byte[] sequence;
    private int matched;

    private DetachKeys(byte[] sequence) => this.sequence = sequence;

    public static DetachKeys None { get; } = new([]);

    /// <summary>Reads single characters and <c>ctrl-</c> with one of a-z, @, [, \, ], ^, _, joined by commas; empty for none.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static DetachKeys Parse(string text) => text.Length == 0 ? new([]) : new([.. text.Split(',').Select(key => KeyOf(key, text))]);

    /// <summary>Removes the sequence's keys from the input.</summary>
    /// <param name="typed">The next bytes of the input.</param>
    /// <param name="isComplete">Whether the sequence is complete; input after it is dropped.</param>
    /// <returns>The bytes to pass on.</returns>
    public ReadOnlyMemory<byte> Filter(ReadOnlyMemory<byte> typed, out bool isComplete)
    {
        isComplete = false;
        if (sequence.Length == 0 || (matched == 0 && typed.Span.IndexOf(sequence[0]) < 0))
        {
            return typed;
        }

        List<byte> passed = [];
        foreach (byte key in typed.Span)
        {
            if (key != sequence[matched])
            {
                passed.AddRange(sequence.AsSpan(0, matched));
                matched = 0;
            }

            if (key != sequence[matched])
            {
                passed.Add(key);
            }
            else if (++matched == sequence.Length)
            {
                isComplete = true;
                break;
            }
        }

        return passed.ToArray();
    }

    private static byte KeyOf(string key, string text)
    {
        if (key.Length == 1 && char.IsAscii(key[0]))
        {
            return (byte)key[0];
        }

        if (key.StartsWith(ControlPrefix, StringComparison.OrdinalIgnoreCase) && key.Length == ControlPrefix.Length + 1)
        {
            char letter = char.ToUpperInvariant(key[^1]);
            if (letter is >= '@' and <= '_')
            {
                return (byte)(letter - '@');
            }
        }

        throw new FormatException($"'{key}' in '{text}' is not a key; give characters or ctrl-LETTER, joined by commas");
    }
}
