using Hearth.Layers.Index;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>The verified content of a lazy layer, all of which is there, and Hearth's index of it.</summary>
/// <param name="index">The index.</param>
/// <param name="content">The uncompressed layer.</param>
/// <param name="windows">The windows of the index's spans.</param>
/// <param name="isOwn">Whether both files are the lazy files' own; otherwise they belong to this.</param>
internal sealed class WholeLayer(LayerIndex index, SafeFileHandle content, SafeFileHandle windows, bool isOwn) : IDisposable
{
    public LayerIndex Index => index;

    public SafeFileHandle Content => content;

    public SafeFileHandle Windows => windows;

    /// <summary>The lazy files are what the layer becomes.</summary>
    public static WholeLayer Of(LazyFiles files) => new(files.Index, files.Content, files.Windows, isOwn: true);

    public void Dispose()
    {
        if (!isOwn)
        {
            content.Dispose();
            windows.Dispose();
        }
    }
}
