namespace Hearth.Tar.Layers;

/// <summary>What happened to a path; the values are the letters that docker's <c>diff</c> prints.</summary>
public enum LayerChange
{
    Added = 'A',
    Changed = 'C',
    Deleted = 'D',
}
