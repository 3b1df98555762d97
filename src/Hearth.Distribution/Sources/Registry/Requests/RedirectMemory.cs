namespace Hearth.Distribution.Sources.Registry.Requests;

/// <summary>The address to which a registry redirected a blob's requests. It is used until it fails: such addresses expire.</summary>
internal sealed class RedirectMemory
{
    private volatile Uri? target;

    public Uri? Target
    {
        get => target;
        set => target = value;
    }
}
