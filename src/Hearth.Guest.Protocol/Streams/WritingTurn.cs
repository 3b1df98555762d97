namespace Hearth.Guest.Protocol.Streams;

/// <summary>Who may write to the transport, one batch at a time.</summary>
internal enum WritingTurn
{
    /// <summary>The writer thread, which has written nothing yet.</summary>
    NotYet,

    /// <summary>Whoever has something to send; the writer thread waits.</summary>
    Free,

    /// <summary>A batch is being written.</summary>
    Taken,
}
