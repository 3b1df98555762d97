namespace Hearth.Layers.Index;

/// <summary>How an index describes a layer. The numbers are stored in indexes.</summary>
public enum IndexForm : byte
{
    /// <summary>Hearth's: the content is the uncompressed layer, and spans have digests of their compressed bytes.</summary>
    Own = 0,

    /// <summary>As <see cref="Own"/>, but of somebody else's making: it may lack what Hearth's has.</summary>
    Foreign = 1,

    /// <summary>Of somebody else's making: the content is the files' chunks without the archive's headers, and spans have digests of their uncompressed bytes.</summary>
    Chunks = 2,
}
