using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

[Trait(FirecrackerUnderTest.Trait, FirecrackerUnderTest.Real)]
public sealed class FirecrackerBootTests(GuestImages images) : BootConformance<FirecrackerUnderTest>(images);

[Trait(FirecrackerUnderTest.Trait, FirecrackerUnderTest.Real)]
public sealed class FirecrackerLifeTests(GuestImages images) : LifeConformance<FirecrackerUnderTest>(images);

[Trait(FirecrackerUnderTest.Trait, FirecrackerUnderTest.Real)]
public sealed class FirecrackerNetworkTests(GuestImages images) : NetworkConformance<FirecrackerUnderTest>(images);

[Trait(FirecrackerUnderTest.Trait, FirecrackerUnderTest.Real)]
public sealed class FirecrackerFaultTests(GuestImages images) : FaultConformance<FirecrackerUnderTest>(images);
