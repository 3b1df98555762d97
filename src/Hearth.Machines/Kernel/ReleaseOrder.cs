namespace Hearth.Machines.Kernel;

/// <summary>Orders kernel releases by version: it compares runs of digits as numbers and the rest as text, so 6.10 follows 6.9.</summary>
internal sealed class ReleaseOrder : IComparer<string>
{
    internal static readonly ReleaseOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        while (!left.IsEmpty && !right.IsEmpty)
        {
            bool digits = char.IsAsciiDigit(left[0]) && char.IsAsciiDigit(right[0]);
            int difference = digits ? CompareNumbers(ref left, ref right) : left[0].CompareTo(right[0]);
            if (difference != 0)
            {
                return difference;
            }

            if (!digits)
            {
                left = left[1..];
                right = right[1..];
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static int CompareNumbers(ref ReadOnlySpan<char> left, ref ReadOnlySpan<char> right)
    {
        ReadOnlySpan<char> first = TakeNumber(ref left);
        ReadOnlySpan<char> second = TakeNumber(ref right);
        return first.Length != second.Length ? first.Length.CompareTo(second.Length) : first.SequenceCompareTo(second);
    }

    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> number = end < 0 ? text : text[..end];
        text = text[number.Length..];
        return number.TrimStart('0');
    }
}
