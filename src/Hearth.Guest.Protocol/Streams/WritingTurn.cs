namespace Hearth.Guest.Protocol.Streams;

/// <summary>Who may write to the transport, one batch at a time.</summary>
internal enum WritingTurn
{
    /// <summary>Only the writer thread, which has written nothing yet.</summary>
    NotYet,

    /// <summary>Any thread that has something to send; the writer thread waits.</summary>
    Free,

    /// <summary>No further thread: a batch is being written.</summary>
    Taken,
}
