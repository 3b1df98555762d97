using System.Globalization;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>
/// A program of its own that boots machines on a stand-in, and says how much processor time each took of its own: from the
/// configuration to the answer to InstanceStart. The stand-in is another process and does not count.
/// </summary>
internal static class RequestCost
{
    internal const string Mode = "measure-request-cost";

    private const int Drives = 2;

    /// <param name="count">How many machines; the first one pays for the just-in-time compiler, which Hearth's own program does not have.</param>
    internal static async Task<int> RunAsync(int count)
    {
        using FirecrackerLab lab = new();
        string[] drives = [.. Enumerable.Range(0, Drives).Select(number => lab.MakeDrive($"drive{number}"))];
        for (int i = 0; i < count; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            await using IMachine machine = lab.Configure(change: plain => plain with
            {
                Drives = [.. drives.Select((path, number) => new MachineDrive($"d{number}", path, ReadOnly: true))],
            });
            await machine.BootAsync().WaitAsync(Deadlines.Guest);
            global::System.Console.WriteLine((Environment.CpuUsage.TotalTime - before).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture));
        }

        return 0;
    }
}
