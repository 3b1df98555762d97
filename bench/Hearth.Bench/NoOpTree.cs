namespace Hearth.Bench;

/// <summary>A root that holds one static program, which ends at once.</summary>
internal static class NoOpTree
{
    public const string Command = "/noop";

    private const string Source = """
        void _start(void)
        {
            __asm__ volatile ("syscall" : : "a"(60), "D"(0));
            __builtin_unreachable();
        }
        """;

    public static string Make(Workshop workshop)
    {
        string tree = Path.Combine(workshop.Scratch, "noop-root");
        string source = Path.Combine(workshop.Scratch, "noop.c");
        Directory.CreateDirectory(tree);
        File.WriteAllText(source, Source);
        Shell.Run("clang", "-O1", "-nostdlib", "-static", "-o", tree + Command, source);
        return tree;
    }
}
