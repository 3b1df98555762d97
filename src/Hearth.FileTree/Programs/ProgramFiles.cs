using Hearth.Linux.Text;

namespace Hearth.FileTree.Programs;

/// <summary>
/// The files that a command begins with, in the order in which they are needed: the program, or a script and its interpreter, then the loader and the
/// libraries that it names. Libraries that it opens later are not known.
/// </summary>
/// <param name="tree">The image's files.</param>
/// <param name="read">Reads bytes of a file from an offset; fewer at its end.</param>
public sealed class ProgramFiles(Tree tree, Func<NodeId, long, int, Task<ReadOnlyMemory<byte>>> read)
{
    private const int MostFiles = 64;

    /// <summary>BINPRM_BUF_SIZE of linux/binfmts.h.</summary>
    private const int MostScriptLineBytes = 256;

    /// <summary>Of Debian, Alpine and Fedora. What ld.so.cache adds is rare.</summary>
    private static readonly string[] libraryDirectories =
        ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];

    private readonly Queue<(NodeId Node, byte[] Path)> left = new();
    private readonly HashSet<NodeId> known = [];

    /// <param name="call">The command.</param>
    /// <param name="found">Called for each file before anything of it is read; false ends the search.</param>
    public async Task FindAsync(ProgramCall call, Func<NodeId, Task<bool>> found)
    {
        Add(call.PathsOf(call.Command).Select(ByteText.Encode));
        while (left.TryDequeue(out (NodeId Node, byte[] Path) file) && await found(file.Node).ConfigureAwait(false))
        {
            ReadOnlyMemory<byte> line = await read(file.Node, 0, MostScriptLineBytes).ConfigureAwait(false);
            if (line.Span.StartsWith("#!"u8))
            {
                AddInterpreter(ByteText.Decode(line.Span[2..]), call);
            }
            else if (await ElfFile.TryReadAsync((offset, count) => read(file.Node, offset, count)).ConfigureAwait(false) is { } program)
            {
                AddNeeds(program, file.Path);
            }
        }
    }

    private void AddInterpreter(string line, ProgramCall call)
    {
        string[] words = line.Split('\n')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 0)
        {
            Add([ByteText.Encode(Path.Combine(call.WorkingDirectory, words[0]))]);
        }

        // '#!/usr/bin/env python3', and '#!/usr/bin/env -S python3 -u'.
        if (words.Length > 1 && words[0].EndsWith("/env", StringComparison.Ordinal) && words.Skip(1).FirstOrDefault(word => !word.StartsWith('-')) is { } command)
        {
            Add(call.PathsOf(command).Select(ByteText.Encode));
        }
    }

    private void AddNeeds(ElfFile program, byte[] path)
    {
        if (program.Loader is { } loader)
        {
            Add([loader]);
        }

        string origin = ByteText.Decode(path.AsSpan(0, Math.Max(0, path.AsSpan().LastIndexOf((byte)'/'))));
        string[] directories =
        [
            .. program.Directories.Select(directory => ByteText.Decode(directory).Replace("${ORIGIN}", origin, StringComparison.Ordinal).Replace("$ORIGIN", origin, StringComparison.Ordinal)),
            .. libraryDirectories,
        ];
        foreach (byte[] library in program.Libraries)
        {
            string name = ByteText.Decode(library);
            Add(name.Contains('/', StringComparison.Ordinal) ? [library] : directories.Select(directory => ByteText.Encode($"{directory}/{name}")));
        }
    }

    /// <summary>Adds the first of some paths that a file has.</summary>
    private void Add(IEnumerable<byte[]> paths)
    {
        foreach (byte[] path in paths)
        {
            if (TreePath.Find(tree, path) is { } file && tree[file.Node].Type == NodeType.Regular)
            {
                if (known.Count < MostFiles && known.Add(file.Node))
                {
                    left.Enqueue(file);
                }

                return;
            }
        }
    }
}
