namespace Hearth.Hosting;

/// <summary>The end of a connection that has become a stream in both directions.</summary>
public interface IStreamEnd
{
    /// <summary>
    /// Ends the output, and reads and drops the client's input until the client closes the connection, some seconds at most. A socket that is
    /// closed with unread input breaks the connection, and the client may lose output that it has not read yet.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the client.</param>
    Task EndAsync(CancellationToken cancellationToken);
}
