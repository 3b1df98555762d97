namespace Hearth.Keeper.Comparison;

/// <summary>A typical use of a root by a container.</summary>
/// <param name="Name">The name for tables and plots.</param>
/// <param name="Arguments">The command that the guest runs.</param>
public sealed record Workload(string Name, IReadOnlyList<string> Arguments)
{
    /// <summary>Modules of Python's standard library that import many others.</summary>
    private static readonly string[] pythonModules =
    [
        "argparse", "array", "ast", "asyncio", "base64", "bisect", "calendar", "collections", "concurrent.futures", "configparser",
        "contextlib", "copy", "csv", "datetime", "decimal", "difflib", "dis", "email", "enum", "fractions",
        "functools", "gzip", "hashlib", "heapq", "html", "http.client", "inspect", "io", "itertools", "json",
        "logging", "math", "multiprocessing", "operator", "optparse", "os", "pathlib", "pickle", "random", "re",
        "shutil", "socket", "statistics", "string", "subprocess", "tempfile", "threading", "typing", "unittest", "urllib.request",
    ];

    /// <summary>The smallest use of a root: one program and its libraries.</summary>
    internal static Workload FirstOutput { get; } = new("first output", ["/bin/sh", "-c", "echo up"]);

    /// <summary>An interpreter with fifty imports, a walk over all nodes, and a read of all bytes.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("python, 50 imports", ["/usr/bin/env", "python3", "-c", "import " + string.Join(", ", pythonModules)]),
        new("walk the tree", ["/bin/sh", "-c", "du -sx / >/dev/null"]),
        new("read all of it", ["/bin/sh", "-c", "find / -xdev -type f -exec cat {} + >/dev/null"]),
    ];
}
