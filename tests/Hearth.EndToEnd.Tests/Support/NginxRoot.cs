namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A minimal Debian with nginx and curl.</summary>
public sealed class NginxRoot
{
    private static readonly Lazy<string> made = new(() => DebianRoot.Make("nginx", "--include=nginx-light,curl"));

    public string Tree => made.Value;
}
