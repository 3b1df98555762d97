using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Network;

/// <summary>
/// libnftables(3): runs nft's language in the network namespace of the calling thread. One call is one transaction: the kernel
/// takes all of it or nothing. A context belongs to one thread at a time, and commands of all contexts run one at a time: the library
/// writes JSON by strtok(3), and keeps the names of interfaces, for the whole process.
/// </summary>
public sealed partial class NfTables : IDisposable
{
    private const string Library = "libnftables.so.1";
    private const uint JsonOutput = 1 << 4;
    private const int SocketLevel = 1;
    private const int SocketDomain = 39;
    private const int FamilyNetlink = 16;

    private static readonly Lock library = new();
    private static readonly SocketPool<nint> contexts = new(Free);

    private readonly string place;
    private readonly nint context;

    private NfTables(string place, nint context)
    {
        this.place = place;
        this.context = context;
    }

    /// <summary>Opens a context.</summary>
    /// <returns>Null if the library is not installed (Debian's libnftables1).</returns>
    public static NfTables? TryOpen()
    {
        string place = NetworkNamespace.OwnIdentity;
        if (contexts.TryTake(place, out nint known))
        {
            return new NfTables(place, known);
        }

        try
        {
            nint context = nft_ctx_new(0);
            if (context == 0)
            {
                throw new LinuxException("nft_ctx_new", Errno.ENOMEM);
            }

            Seal();
            _ = nft_ctx_buffer_error(context);
            _ = nft_ctx_buffer_output(context);
            return new NfTables(place, context);
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    }

    public void Dispose() => contexts.Give(place, context);

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

    /// <summary>The library lets programs that this process starts inherit its sockets.</summary>
    private static void Seal()
    {
        foreach (string path in Directory.GetFiles("/proc/self/fd"))
        {
            using SafeFileHandle descriptor = new(int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), ownsHandle: false);
            int size = sizeof(int);
            if (getsockopt(descriptor, SocketLevel, SocketDomain, out int domain, ref size) == 0 && domain == FamilyNetlink)
            {
                DescriptorIO.SetCloseOnExec(descriptor);
            }
        }
    }

    private static void Free(nint context)
    {
        lock (library)
        {
            nft_ctx_free(context);
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

    [LibraryImport("libc")]
    private static partial int getsockopt(SafeFileHandle socket, int level, int name, out int value, ref int size);

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
