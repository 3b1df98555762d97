using System.Globalization;

namespace Hearth.Records.Logs;

/// <summary>Output that was not logged, counted until a note in the log reports it.</summary>
internal sealed class LogLoss
{
    private long lines;
    private long bytes;
    private string reason = "";

    public bool IsEmpty => bytes == 0;

    /// <param name="lostLines">Lines of which something is missing.</param>
    /// <param name="lostBytes">Bytes of output, line ends included.</param>
    /// <param name="why">What follows "are missing here: ".</param>
    public void Add(long lostLines, long lostBytes, string why)
    {
        lines += lostLines;
        bytes += lostBytes;
        reason = why;
    }

    public void Clear() => lines = bytes = 0;

    public string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"hearth: {lines:#,0} line{(lines == 1 ? "" : "s")} ({bytes:#,0} byte{(bytes == 1 ? "" : "s")}) of output {(lines == 1 ? "is" : "are")} missing here: {reason}");
}
