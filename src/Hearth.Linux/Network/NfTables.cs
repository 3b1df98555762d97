using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Linux.Network;

/// <summary>
/// libnftables(3): runs nft's language in the network namespace of the calling thread. One call is one transaction: the kernel
/// takes all of it or nothing. A context belongs to one thread at a time, and commands of all contexts run one at a time: the library
/// writes JSON by strtok(3), whose state belongs to the process.
/// </summary>
public sealed partial class NfTables : IDisposable
{
    private const string Library = "libnftables.so.1";
    private const uint JsonOutput = 1 << 4;

    private static readonly Lock library = new();

    private readonly nint context;

    private NfTables(nint context) => this.context = context;

    /// <summary>Opens a context.</summary>
    /// <returns>Null if the library is not installed (Debian's libnftables1).</returns>
    public static NfTables? TryOpen()
    {
        try
        {
            nint context = nft_ctx_new(0);
            if (context == 0)
            {
                throw new LinuxException("nft_ctx_new", Errno.ENOMEM);
            }

            _ = nft_ctx_buffer_error(context);
            _ = nft_ctx_buffer_output(context);
            return new NfTables(context);
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    }

    public void Dispose() => nft_ctx_free(context);

    /// <summary>Runs commands as one transaction.</summary>
    /// <param name="commands">nft(8)'s language.</param>
    /// <returns>Null, or nft's message.</returns>
    public string? Try(string commands)
    {
        int result = Run(commands);
        string message = ReadText(nft_ctx_get_error_buffer(context));
        _ = ReadText(nft_ctx_get_output_buffer(context));
        return result == 0 ? null : message.Length > 0 ? FirstLine(message) : "nft gave no reason";
    }

    /// <summary>Runs a command that lists something.</summary>
    /// <param name="command">Such as <c>list table inet hearth</c>.</param>
    /// <returns>nft's JSON (libnftables-json(5)); null if nft refuses the command, such as for a table that does not exist.</returns>
    public string? TryList(string command)
    {
        nft_ctx_output_set_flags(context, JsonOutput);
        try
        {
            int result = Run(command);
            string output = ReadText(nft_ctx_get_output_buffer(context));
            _ = ReadText(nft_ctx_get_error_buffer(context));
            return result == 0 ? output : null;
        }
        finally
        {
            nft_ctx_output_set_flags(context, 0);
        }
    }

    private int Run(string commands)
    {
        lock (library)
        {
            return nft_run_cmd_from_buffer(context, commands);
        }
    }

    /// <summary>The library's buffer, which the next command reuses.</summary>
    private static unsafe string ReadText(nint text) => text == 0 ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)text));

    private static string FirstLine(string message) => message.Split('\n', 2)[0];

    [LibraryImport(Library)]
    private static partial nint nft_ctx_new(uint flags);

    [LibraryImport(Library)]
    private static partial void nft_ctx_free(nint context);

    [LibraryImport(Library)]
    private static partial int nft_ctx_buffer_error(nint context);

    [LibraryImport(Library)]
    private static partial int nft_ctx_buffer_output(nint context);

    [LibraryImport(Library)]
    private static partial nint nft_ctx_get_error_buffer(nint context);

    [LibraryImport(Library)]
    private static partial nint nft_ctx_get_output_buffer(nint context);

    [LibraryImport(Library)]
    private static partial void nft_ctx_output_set_flags(nint context, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int nft_run_cmd_from_buffer(nint context, string commands);
}
