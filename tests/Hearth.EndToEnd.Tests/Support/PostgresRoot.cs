namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A minimal Debian with PostgreSQL 15, and with the cluster that Debian makes at installation.</summary>
public sealed class PostgresRoot
{
    private static readonly Lazy<string> made = new(() => DebianRoot.Make("postgres", "--include=postgresql"));

    public string Tree => made.Value;
}
