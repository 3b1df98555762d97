using System.Diagnostics;
using System.Globalization;

namespace Hearth.Bench;

/// <summary>
/// A directory that guest and host share: how fast its bytes go, beside what the channel and the guest itself can do, and many
/// small files, beside the guest's own memory. The host compares what the guest made with what it would have made itself.
/// </summary>
internal sealed class ShareBenchmark : IBenchmark
{
    private const int TransferMiB = 256;
    private const int Directories = 100;
    private const int FilesEach = 100;
    private const int Rounds = 3;
    private const string Holder = "holder";
    private const string Shared = "/shared";
    private const string Memory = "/memory";

    /// <summary>What a checkout does: directories, small files that are written beside their place and moved there, modes, a look at all of it.</summary>
    private const string MakeFiles = """
        cd "$1"; d=0
        while [ $d -lt "$2" ]; do
            mkdir d$d; f=0
            while [ $f -lt "$3" ]; do
                echo "$d $f" >d$d/new; mv d$d/new d$d/f$f; f=$((f+1))
            done
            chmod 600 d$d/f0; d=$((d+1))
        done
        ls -lR . >/dev/null
        """;

    private const string Describe = "cd $1; find . -mindepth 1 -printf '%P %y %m %U:%G %s\\n' | sort | grep -v ' d '; find . -type f -print0 | sort -z | xargs -0 sha256sum";

    private static readonly string[] Applets = ["sh", "cat", "chmod", "dd", "ls", "mkdir", "mv", "rm"];

    private string[] directories = [];
    private string hearth = "";

    public string Name => "share";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        hearth = workshop.Hearth;
        directories = ["--state-dir", Path.Combine(workshop.Scratch, "state"), "--run-dir", Path.Combine(workshop.Scratch, "run")];
        string tree = NoOpTree.Make(workshop);
        Directory.CreateDirectory(tree + "/bin");
        File.Copy("/bin/busybox", tree + "/bin/busybox");
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink($"{tree}/bin/{applet}", "busybox");
        }

        string shared = Directory.CreateDirectory(Path.Combine(workshop.Scratch, "shared")).FullName;
        Run("run", ["-d", "--rm", "--name", Holder, "--memory", "1g", "-v", $"{shared}:{Shared}", "--mount", $"type=tmpfs,target={Memory}", tree, NoOpTree.Wait]);
        try
        {
            foreach (Figure figure in MeasureTransfers(shared))
            {
                yield return figure;
            }

            yield return MeasureFiles(workshop, shared);
        }
        finally
        {
            Run("rm", ["-f", Holder]);
        }
    }

    private IEnumerable<Figure> MeasureTransfers(string shared)
    {
        double pipe = 0, channel = 0, memory = 0, write = 0, read = 0;
        for (int round = 0; round < Rounds; round++)
        {
            pipe = Math.Max(pipe, SpeedOf($"dd if=/dev/zero bs=1M count={TransferMiB} | cat >/dev/null"));
            channel = Math.Max(channel, SpeedOf($"dd if=/dev/zero bs=1M count={TransferMiB}"));
            memory = Math.Max(memory, SpeedOf($"dd if=/dev/zero of={Memory}/file bs=1M count={TransferMiB}; rm {Memory}/file"));
            write = Math.Max(write, SpeedOf($"dd if=/dev/zero of={Shared}/file bs=1M count={TransferMiB}"));

            // Made anew by the host, it is in nobody's cache in the guest.
            File.WriteAllBytes(Path.Combine(shared, "file"), new byte[TransferMiB << 20]);
            read = Math.Max(read, SpeedOf($"dd if={Shared}/file of=/dev/null bs=1M"));
            File.Delete(Path.Combine(shared, "file"));
        }

        yield return new Figure("Writing a shared file in sequence", write, "MB/s", null, AtLeast: false, $"best of {Rounds}, {TransferMiB} MiB");
        yield return new Figure("Reading one", read, "MB/s", null, AtLeast: false, $"best of {Rounds}");
        yield return new Figure("A command's output by the same channel", channel, "MB/s", null, AtLeast: false, $"best of {Rounds}");
        yield return new Figure("A pipe within the guest", pipe, "MB/s", null, AtLeast: false, $"best of {Rounds}: what this emulation can do at all");
        yield return new Figure("Writing to a tmpfs of the guest", memory, "MB/s", null, AtLeast: false, $"best of {Rounds}");
    }

    private Figure MeasureFiles(Workshop workshop, string shared)
    {
        double here = Timing.Measure(() => MakeIn(Shared));
        double there = Timing.Measure(() => MakeIn(Memory));
        string plain = Directory.CreateDirectory(Path.Combine(workshop.Scratch, "plain")).FullName;
        Shell.Run("busybox", "sh", "-c", MakeFiles, "sh", plain, $"{Directories}", $"{FilesEach}");
        bool isSame = Shell.Run("bash", "-c", Describe, "bash", plain) == Shell.Run("bash", "-c", Describe, "bash", shared);
        return isSame
            ? new Figure($"{Directories * FilesEach} small files, made, moved and listed", here / 1000, "s", null, AtLeast: false, $"equal to the host's own; on a tmpfs of the guest {there / 1000:F1} s")
            : throw new InvalidOperationException($"what the guest made in '{shared}' is not what was to be made");
    }

    private void MakeIn(string place) => Run("exec", [Holder, "sh", "-c", MakeFiles, "sh", place, $"{Directories}", $"{FilesEach}"]);

    /// <summary>By the guest's own clock, which counts hundredths of a second.</summary>
    private double SpeedOf(string script)
    {
        string timed = $"read begun rest </proc/uptime; {script}; read ended rest </proc/uptime; echo $begun $ended >&2";
        using Process process = Shell.Start(hearth, ["exec", .. directories, Holder, "sh", "-c", timed]);
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        double[] times = process.ExitCode == 0
            ? [.. said.TrimEnd().Split('\n')[^1].Split(' ').Select(time => double.Parse(time, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"'{script}' ended with {process.ExitCode}: {said}");
        return (TransferMiB << 20) / 1e6 / (times[1] - times[0]);
    }

    private string Run(string command, string[] arguments) => Shell.Run(hearth, [command, .. directories, .. arguments]);
}
