namespace Hearth.Bench;

/// <summary>A root that holds two static programs: one that ends at once, and one that says so and waits to be killed.</summary>
internal static class NoOpTree
{
    public const string NoOp = "/noop";
    public const string Wait = "/wait";

    /// <summary>What <see cref="Wait"/> prints.</summary>
    public const string Waiting = "waiting";

    private const string NoOpSource = """
        void _start(void)
        {
            __asm__ volatile ("syscall" : : "a"(60), "D"(0));
            __builtin_unreachable();
        }
        """;

    private const string WaitSource = $$"""
        void _start(void)
        {
            static const char line[] = "{{Waiting}}\n";
            long written;
            __asm__ volatile ("syscall" : "=a"(written) : "a"(1), "D"(1), "S"(line), "d"(sizeof line - 1) : "rcx", "r11", "memory");
            for (;;)
                __asm__ volatile ("syscall" : "=a"(written) : "a"(34) : "rcx", "r11", "memory");
        }
        """;

    public static string Make(Workshop workshop)
    {
        string tree = Directory.CreateDirectory(Path.Combine(workshop.Scratch, "noop-root")).FullName;
        Compile(workshop, tree + NoOp, NoOpSource);
        Compile(workshop, tree + Wait, WaitSource);
        return tree;
    }

    private static void Compile(Workshop workshop, string program, string source)
    {
        string file = Path.Combine(workshop.Scratch, "program.c");
        File.WriteAllText(file, source);
        Shell.Run("clang", "-O1", "-nostdlib", "-static", "-o", program, file);
    }
}
