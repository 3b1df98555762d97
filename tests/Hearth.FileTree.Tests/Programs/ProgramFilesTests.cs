using Hearth.FileTree.Programs;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Tests.Fuzzing;

namespace Hearth.FileTree.Tests.Programs;

/// <summary>The files that a command begins with are those that the loader would open.</summary>
public sealed class ProgramFilesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hearth-programs-").FullName;

    public ProgramFilesTests() => Tool.Run(root, "/bin/sh", "-ec", """
        mkdir -p usr/bin usr/lib lib64 opt/app/lib work
        ln -s usr/bin bin; ln -s usr/lib lib
        cp /usr/bin/env /usr/bin/git usr/bin/
        for library in $(ldd /usr/bin/env /usr/bin/git | grep -o '/[^ :]*' | grep '\.so' | sort -u); do mkdir -p .$(dirname $library); cp $library .$library; done
        printf '#!/usr/bin/env -S git --version\n' >usr/bin/script; printf '#! /bin/script argument\n' >work/outer; ln -s /bin/../bin/git usr/bin/alias
        echo 'int main(void) { extern int f(void); return f(); }' >main.c; echo 'int f(void) { return 0; }' >f.c
        clang -fuse-ld=lld -shared -o opt/app/lib/libf.so f.c; clang -fuse-ld=lld -o opt/app/main main.c -Lopt/app/lib -lf -Wl,-rpath,'$ORIGIN/lib'
        cp /bin/busybox usr/bin/static
        """);

    [Theory]
    [InlineData("git", "/usr/bin/git")]
    [InlineData("/bin/git", "/usr/bin/git")]
    [InlineData("alias", "/usr/bin/git")]
    [InlineData("../usr/bin/git", "/usr/bin/git")]
    public async Task A_program_comes_with_its_loader_and_libraries(string command, string program)
    {
        string[] found = await FindAsync(command);
        Assert.Equal(program, found[0]);
        Assert.Equal(LibrariesOf("usr/bin/git"), found[1..].Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_script_comes_with_all_its_interpreters()
    {
        string[] found = await FindAsync("/work/outer");
        Assert.Equal(["/work/outer", "/usr/bin/script", "/usr/bin/env", "/usr/bin/git"], found[..4]);
        Assert.Equal(LibrariesOf("usr/bin/env", "usr/bin/git"), found[4..].Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Libraries_are_found_where_the_program_says()
    {
        string[] found = await FindAsync("/opt/app/main");
        Assert.Equal("/opt/app/main", found[0]);
        Assert.Contains("/opt/app/lib/libf.so", found);
    }

    [Theory]
    [InlineData("static")]
    [InlineData("/work/nothing")]
    [InlineData("")]
    [InlineData("work")]
    public async Task What_needs_nothing_or_is_no_program_adds_nothing(string command) =>
        Assert.Equal(command == "static" ? ["/usr/bin/static"] : [], await FindAsync(command));

    [Fact]
    public async Task The_search_ends_when_it_is_told_to()
    {
        int count = 0;
        WalkedTree walked = DirectoryWalker.Walk(root, new WalkOptions());
        await new ProgramFiles(walked.Tree, Reader(walked.Tree)).FindAsync(Call("git"), _ => Task.FromResult(++count < 2));
        Assert.Equal(2, count);
    }

    /// <summary>A wrong program is a program with other needs, or with none: nothing is thrown.</summary>
    [Fact]
    public void A_changed_program_is_read_or_none() => Fuzz.Run<InvalidOperationException>(
        [File.ReadAllBytes(Path.Combine(root, "opt/app/main")), File.ReadAllBytes(Path.Combine(root, "opt/app/lib/libf.so"))],
        bytes =>
        {
            ElfFile? program = ElfFile.TryReadAsync((offset, count) =>
            {
                Assert.InRange(count, 0, 1 << 20);
                return Task.FromResult<ReadOnlyMemory<byte>>(offset < 0 || offset >= bytes.Length ? default : bytes.AsMemory((int)offset, (int)Math.Min(count, bytes.Length - offset)));
            }).GetAwaiter().GetResult();
            Assert.InRange((program?.Libraries.Count ?? 0) + (program?.Directories.Count ?? 0), 0, 80);
        });

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static ProgramCall Call(string command) => new(command, "/nowhere:/usr/bin", "/work");

    private Func<NodeId, long, int, Task<ReadOnlyMemory<byte>>> Reader(Tree tree) => (node, offset, count) =>
    {
        byte[] bytes = File.ReadAllBytes(root + tree.TextPathOf(node));
        return Task.FromResult<ReadOnlyMemory<byte>>(offset < 0 || offset >= bytes.Length ? default : bytes.AsMemory((int)offset, (int)Math.Min(count, bytes.Length - offset)));
    };

    private async Task<string[]> FindAsync(string command)
    {
        List<string> found = [];
        Tree tree = DirectoryWalker.Walk(root, new WalkOptions()).Tree;
        await new ProgramFiles(tree, Reader(tree)).FindAsync(Call(command), node =>
        {
            found.Add(tree.TextPathOf(node));
            return Task.FromResult(true);
        });
        return [.. found];
    }

    private string[] LibrariesOf(params string[] programs) =>
    [
        .. Tool.Run(root, "/bin/sh", "-ec", $"ldd {string.Join(' ', programs.Select(program => $"/{program}"))} | grep -o '/[^ :]*' | grep '\\.so'")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(path => Path.GetFileName(path)!).Distinct().Order(StringComparer.Ordinal),
    ];
}
