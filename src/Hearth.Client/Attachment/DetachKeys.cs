namespace Hearth.Client.Attachment;

/// <summary>
/// A sequence of keys that leaves a container alone and lets it run, as docker has it (<c>ctrl-p,ctrl-q</c>). Keys that only
/// begin the sequence are kept back until it is clear what they are.
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
    /// <exception cref="FormatException">Something else.</exception>
    public static DetachKeys Parse(string text) => text.Length == 0 ? new([]) : new([.. text.Split(',').Select(key => KeyOf(key, text))]);

    /// <summary>Takes the sequence's keys out of what was typed.</summary>
    /// <param name="typed">In its order.</param>
    /// <param name="isComplete">Whether the sequence has been typed; what was behind it is dropped.</param>
    /// <returns>What is to be passed on.</returns>
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

        throw new FormatException($"'{key}' in '{text}' is no key: give characters or ctrl-LETTER, joined by commas");
    }
}
