namespace Hearth.Shares.Tests.Support;

/// <summary>A directory tree as text: names, types, modes, owners, links, sizes, contents, users' attributes.</summary>
internal static class TreeListing
{
    private const string Script = """
        find . -mindepth 1 -not -type d -printf '%P %y %m %U:%G %n %s %l\n' -o -mindepth 1 -printf '%P %y %m %U:%G\n' | sort
        find . -type f -print0 | sort -z | xargs -0r sha256sum
        getfattr -R -h -d -m '^user' . | sort
        """;

    public static Task<string> OfAsync(string directory) => Shell.RunWellAsync(directory, Script);
}
