namespace Hearth.Images.Lazy;

/// <summary>What a <see cref="SpanMap"/> knows of a span. The numbers are stored.</summary>
internal enum SpanState : byte
{
    /// <summary>It must be fetched.</summary>
    Missing = 0,

    /// <summary>Its bytes are verified and written.</summary>
    Present = 1,

    /// <summary>It was present before the host stopped; the disk may have lost parts of it.</summary>
    Unsure = 2,
}
