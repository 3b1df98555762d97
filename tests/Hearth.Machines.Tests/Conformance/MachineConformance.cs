using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>
/// What every VMM has to do for <see cref="IMachine"/>, told by a guest that really boots. One class a driver derives from
/// each part: <see cref="BootConformance{T}"/>, <see cref="LifeConformance{T}"/>, <see cref="NetworkConformance{T}"/>,
/// <see cref="FaultConformance{T}"/>.
/// </summary>
public abstract class MachineConformance<TDriver>(GuestImages images) : IDisposable
    where TDriver : DriverUnderTest, new()
{
    private protected TDriver Driver { get; } = ForThisHost();

    private protected GuestImages Images { get; } = images;

    private protected MachineLab Lab { get; } = new(new TDriver(), images);

    public void Dispose()
    {
        Lab.Dispose();
        GC.SuppressFinalize(this);
    }

    private static TDriver ForThisHost()
    {
        TDriver driver = new();
        driver.RequireHost();
        return driver;
    }

    private protected static Task<MachineExit> EndOf(IMachine machine) => machine.Exited.WaitAsync(Deadlines.Guest);

    private protected static async Task AssertRefused(MachineError error, Func<Task> act)
    {
        MachineException refusal = await Assert.ThrowsAsync<MachineException>(act);
        Assert.Equal(error, refusal.Error);
    }
}
