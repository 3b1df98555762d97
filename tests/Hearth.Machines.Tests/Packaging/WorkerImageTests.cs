using Hearth.Firecracker;

namespace Hearth.Machines.Tests.Packaging;

/// <summary>The worker image's Dockerfile says the same as the code that runs in it.</summary>
public sealed class WorkerImageTests
{
    private static Dockerfile Worker { get; } = Dockerfile.Parse(Checkout.Read("packaging/docker/Dockerfile.worker"));

    [Theory]
    [InlineData("FIRECRACKER_VERSION", "v" + FirecrackerRelease.Version)]
    [InlineData("KERNEL_VERSION", FirecrackerRelease.KernelVersion)]
    [InlineData("KERNEL_FOLDER", FirecrackerRelease.KernelFolder)]
    [InlineData("KERNEL_SHA256", FirecrackerRelease.KernelDigest)]
    public void It_has_the_versions_that_the_code_names(string argument, string expected) => Assert.Equal(expected, Worker.Default(argument));

    [Fact]
    public void Every_download_is_checked()
    {
        Assert.Empty(Worker.UncheckedDownloads());
        Assert.Equal(3, Worker.Runs.Sum(run => run.Split("curl -").Length - 1));
        Assert.Equal(
            ["b"],
            Dockerfile.Parse("RUN curl -O \"x/a\" && sha256sum --check <<<\"1 a\" \\\n && curl -O \"x/b\" && install b\n").UncheckedDownloads());
    }

    [Fact]
    public void It_has_all_that_a_worker_needs_and_no_compiler()
    {
        string setup = Checkout.Read("dev");
        string needed = setup.Split("run_packages=(", 2)[1].Split(')', 2)[0];

        Assert.Empty(needed.Split(' ').Except(Worker.LastPackages));
        Assert.Empty(new[] { "squashfs-tools", "ca-certificates", "tini" }.Except(Worker.LastPackages));
        Assert.Empty(Worker.LastPackages.Intersect(["clang", "lld", "libc6-dev", "curl"]));
    }

    [Fact]
    public void It_has_the_programs_of_this_repository()
    {
        IEnumerable<string> published = Checkout.Read("dev").Split('\n')
            .Select(line => line.Trim().Split(' ')).Where(words => words is ["publish", _, _]).Select(words => words[2]).Distinct();
        string copied = Assert.Single(Worker.Of("COPY"), copy => copy.Contains("artifacts/bin", StringComparison.Ordinal));

        Assert.Equal(published.Select(program => "artifacts/bin/" + program).Order(), copied.Split(' ')[..^1].Order());
        Assert.Contains(Worker.Of("COPY"), copy => copy.StartsWith("--from=downloads /programs/firecracker /programs/jailer ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_it_copies_is_let_into_the_build()
    {
        string[] allowed = [.. Checkout.Read("packaging/docker/Dockerfile.worker.dockerignore").Split('\n')
            .Where(line => line.StartsWith('!')).Select(line => line[1..])];
        IEnumerable<string> copied = Worker.Of("COPY").Where(copy => !copy.StartsWith("--from", StringComparison.Ordinal)).SelectMany(copy => copy.Split(' ')[..^1]);

        Assert.Equal(allowed.Order(), copied.Order());
    }
}
