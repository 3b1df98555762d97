namespace Hearth.Linux.Processes;

/// <summary>Signals of x86-64 and arm64 (asm-generic/signal.h) that Hearth uses.</summary>
public static class SignalNumber
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Pipe = 13;
    public const int Terminate = 15;
    public const int Child = 17;
    public const int Continue = 18;
    public const int Stop = 19;
    public const int WindowChange = 28;
}
