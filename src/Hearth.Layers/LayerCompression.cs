namespace Hearth.Layers;

/// <summary>How a layer's bytes are compressed. The numbers are stored in indexes.</summary>
public enum LayerCompression : byte
{
    None = 0,
    Gzip = 1,
    Zstd = 2,
}
