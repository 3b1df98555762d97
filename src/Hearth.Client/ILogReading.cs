using Hearth.Containers;
using Hearth.Records.Logs;

namespace Hearth.Client;

/// <summary>One reading of a container's log.</summary>
public interface ILogReading
{
    /// <summary>Lines that were left out because they are damaged. Valid after reading.</summary>
    long Malformed { get; }

    /// <summary>How often files were removed before they were read. Valid after reading.</summary>
    long Gaps { get; }

    /// <summary>Reads the records in the order in which they arrived.</summary>
    /// <param name="query">Selects the records; when the log ends is known without <see cref="LogQuery.Ended"/>.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
    /// <exception cref="HearthException">The log cannot be read.</exception>
    IAsyncEnumerable<LogRecord> ReadAsync(LogQuery query, CancellationToken cancellationToken = default);
}
