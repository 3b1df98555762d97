using System.Globalization;
using Hearth.Containers;
using Hearth.Records;

namespace Hearth.Rendering;

/// <summary>A line of <c>system df</c>; the names are docker's, for templates and scripts.</summary>
public sealed record UseRow(string Type, string TotalCount, string Active, string Size, string Reclaimable)
{
    public static UseRow Of(DiskUse use) => new(
        use.Type,
        use.Total.ToString(CultureInfo.InvariantCulture),
        use.Active.ToString(CultureInfo.InvariantCulture),
        new ByteSize(use.Bytes).ToDecimal(ByteSize.LongDigits),
        string.Create(CultureInfo.InvariantCulture, $"{new ByteSize(use.ReclaimableBytes).ToDecimal(ByteSize.LongDigits)} ({(use.Bytes == 0 ? 0 : 100 * use.ReclaimableBytes / use.Bytes)}%)"));
}
